"""What people bring: files and forms, turned into drafts, each with where it came from."""
