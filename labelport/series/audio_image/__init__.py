"""Rule ``audio_image``: a recording and the picture that is shown with it."""

from labelport.series.audio_image.options import AudioImageOptions
from labelport.series.audio_image.rule import AudioImageRule

__all__ = ["AudioImageOptions", "AudioImageRule"]
