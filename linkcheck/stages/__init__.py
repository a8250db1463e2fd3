"""The stages of a run, one file each: what they take from the store and what they put into it."""
