"""From a source's records to canonical postings."""

from jobimport.mapping.compiled import CompiledMapping, MappedPosting, RecordError, compile_mapping
from jobimport.mapping.expressions import CompiledExpression, MappingError, compile_expression

__all__ = [
    "CompiledExpression",
    "CompiledMapping",
    "MappedPosting",
    "MappingError",
    "RecordError",
    "compile_expression",
    "compile_mapping",
]
