"""``make vendor-proof``: what we write, held against the vendors' own versions and programs.

Not part of the suite: it makes environments of its own under ``.cache/vendor_proof``, which takes minutes and
the package index. No file here is called ``test_*``, so ``make test`` never collects one.
"""
