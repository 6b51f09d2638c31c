"""What somebody must know, and who has read it."""
