"""Small pictures of any medium, for people: decoded in workers alone, and shown as privacy allows."""
