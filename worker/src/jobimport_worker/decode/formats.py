"""Which decoder reads which format."""

from collections.abc import Sequence

from jobimport.resource.reading import FormatType, Layout
from jobimport_worker.decode.decoder import Decoder
from jobimport_worker.decode.jsonld import JsonLdDecoder
from jobimport_worker.decode.lines import CsvDecoder, JsonLinesDecoder
from jobimport_worker.decode.sitemap import SitemapDecoder
from jobimport_worker.decode.structured import JsonDecoder, JsonValueDecoder
from jobimport_worker.decode.xml import XmlDecoder


def decoder_for(
    form: Layout, content_type: str, charset: str | None, wanted: Sequence[str]
) -> Decoder:
    """The decoder of a format. `wanted` are paths to values beside the records, such as a total."""
    charset = form.charset or charset
    match form.type:
        case FormatType.JSON:
            return JsonDecoder(form.records, content_type, charset, wanted)
        case FormatType.JSON_LINES:
            return JsonLinesDecoder(content_type, charset)
        case FormatType.CSV:
            return CsvDecoder(form.delimiter, content_type, charset)
        case FormatType.XML:
            return XmlDecoder(form.records, form.lists, content_type, charset, wanted)
        case FormatType.SITEMAP:
            return SitemapDecoder(content_type, charset)
        case FormatType.JSON_LD:
            return JsonLdDecoder(content_type, charset)


def single_decoder_for(form: Layout, content_type: str, charset: str | None) -> Decoder:
    """The decoder of a detail: of JSON it gives the value at the path as the only record."""
    if form.type is FormatType.JSON:
        return JsonValueDecoder(form.records, content_type, form.charset or charset, ())
    return decoder_for(form, content_type, charset, ())
