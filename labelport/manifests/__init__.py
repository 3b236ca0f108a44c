"""Manifests: what labeling platforms take, one module a platform."""
