"""Probing: from an object to a row of media metadata, from few bytes and trusting none of them."""
