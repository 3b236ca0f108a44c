"""One file a claim: prints ours, the peer, the ratio, the goal, and the load of the machine."""
