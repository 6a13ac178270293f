"""Documents as people have them -> sections with their place -> suggested drafts for a person to read."""
