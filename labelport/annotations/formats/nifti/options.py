"""What NIfTI volumes of labels hold."""

from dataclasses import replace

from labelport.annotations.volumes.holding import voxels_alone

ONEHOT_HOLDS = voxels_alone("its pixels")
INDEX_HOLDS = replace(ONEHOT_HOLDS, crowd="lost; classes that overlap are refused")
