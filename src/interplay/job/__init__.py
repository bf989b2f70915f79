"""The main job: a plan, its stages, and what it leaves on disk."""
