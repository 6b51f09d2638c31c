"""Files of instruments: each format is a declared map, read by one engine, judged row by row."""
