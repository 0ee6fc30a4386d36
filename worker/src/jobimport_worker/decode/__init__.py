"""Reading records out of responses, piece by piece, in bounded memory."""

from jobimport_worker.decode.decoder import Decoder
from jobimport_worker.decode.formats import decoder_for, single_decoder_for

__all__ = ["Decoder", "decoder_for", "single_decoder_for"]
