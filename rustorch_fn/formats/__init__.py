"""Arrays in files, and whole programs in the formats of others."""
