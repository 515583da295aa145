# Copyright the authors of Deep Fusion. Licensed under the Apache License, Version 2.0.
"""Configuration of a T5 that Deep Fusion made of several: each part of its width is normalised on its own.

Written beside the weights, so that transformers loads them with trust_remote_code=True.
"""

import transformers
from transformers import T5Config

# From version 5 on, T5's code ties all embeddings by `tie_word_embeddings` and scales by `scale_decoder_outputs`;
# before, one flag says whether the head is tied and scaled.
TIES_ALL_EMBEDDINGS = int(transformers.__version__.split(".")[0]) >= 5


class DeepFusionT5Config(T5Config):
    """A T5Config with the widths of the parts, `fusion_parts`, which add up to `d_model`.

    `tie_head` says whether lm_head is the embedding; where absent, as in files that Deep Fusion writes,
    `tie_word_embeddings` says so.
    """

    model_type = "deep_fusion_t5"
    # The cache has as many layers as this says: T5Config's is the encoder's depth, too few for a deeper decoder.
    attribute_map = {**T5Config.attribute_map, "num_hidden_layers": "num_decoder_layers"}

    def __init__(
        self,
        fusion_parts=None,
        tie_word_embeddings=True,
        tie_head=None,
        scale_decoder_outputs=None,
        **kwargs,
    ):
        super().__init__(tie_word_embeddings=tie_word_embeddings, **kwargs)
        self.tie_head = tie_word_embeddings if tie_head is None else tie_head
        self.tie_word_embeddings = True if TIES_ALL_EMBEDDINGS else self.tie_head
        self.scale_decoder_outputs = self.tie_head if scale_decoder_outputs is None else scale_decoder_outputs
        self.fusion_parts = [self.d_model] if fusion_parts is None else list(fusion_parts)
        if min(self.fusion_parts) < 1 or sum(self.fusion_parts) != self.d_model:
            raise ValueError(
                f"Cannot use fusion_parts {self.fusion_parts}: they must be positive and add up to d_model {self.d_model}"
            )
