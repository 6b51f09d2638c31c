"""Files of a record: reports, plots, photos, certificates, opened only through its door."""
