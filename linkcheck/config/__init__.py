"""File, environment and flags → each stage's own small options."""
