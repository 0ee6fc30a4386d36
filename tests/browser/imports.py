"""The imports that the browser looks at: one of each state that a page has to show."""

from collections.abc import Mapping
from pathlib import Path

import orjson

from browser.board import payloads

_PAGED = """\
apiVersion: jobimport.dev/v1alpha1
kind: JobImport
metadata:
  name: {name}
  annotations: {{jobimport.dev/owner: {owner}}}
spec:
  schedule: "{schedule}"
  source:
    request: {{url: "{board}/{name}/jobs"}}
    format: {{type: json, records: jobs}}
    pagination:
      type: page
      send: {{in: query, name: page}}
      size: {{in: query, name: per_page, value: 100}}
      stop: {{total: total}}
  mapping:
    externalId: id
    title: title
    company: employer.name
    description: html(description)
    locations: {{forEach: offices, city: city, country: country}}
    employmentTypes: employment
    salary: {{min: salary.from, max: salary.to, currency: salary.currency, unit: salary.per}}
    datePosted: date(published)
    url: url
    required: [title]
  completeness: {{missesBeforeClose: 1}}
  concurrency: 2
  retry: {{maxAttempts: 2, initialDelaySeconds: 1, maxDelaySeconds: 2}}
"""

_TWO_TOWNS = _PAGED.replace(
    '/{name}/jobs"}}',
    '/{{partition.town}}/jobs"}}\n'
    "    partitions: {{values: [{{town: millpond}}, {{town: lakeside}}]}}",
)

_RSS = """\
apiVersion: jobimport.dev/v1alpha1
kind: JobImport
metadata:
  name: village-board
spec:
  schedule: "@hourly"
  source:
    preset: {{name: rss}}
    request: {{url: "{board}/village-board/jobs.rss"}}
  mapping:
    company: company
    locations: {{city: location}}
    required: [title]
"""

_HOSTILE = """\
apiVersion: jobimport.dev/v1alpha1
kind: JobImport
metadata:
  name: hostile
  annotations: {{jobimport.dev/owner: "<img src=x onerror=alert(1)>"}}
spec:
  source:
    request: {{url: "{board}/hostile/feed.json"}}
    format: {{type: json, records: jobs}}
  mapping:
    externalId: id
    title: title
    company: company
    description: html(description)
    locations: {{forEach: cities, city: name}}
    department: department
    url: url
    required: [title]
    keepRaw: true
"""

# Each payload names a partition, and is what the source answers for it.
_HOSTILE_TOWNS = """\
apiVersion: jobimport.dev/v1alpha1
kind: JobImport
metadata:
  name: hostile-towns
spec:
  source:
    request: {{url: "{board}/hostile/towns{{?partition.town}}"}}
    format: {{type: json, records: jobs}}
    partitions: {{values: {towns}}}
  mapping: {{externalId: id, title: title}}
  retry: {{maxAttempts: 1}}
"""

_HOSTILE_SPEC = """\
apiVersion: jobimport.dev/v1alpha1
kind: JobImport
metadata:
  name: hostile-spec
  annotations: {{jobimport.dev/owner: "<svg onload=alert(1)>"}}
spec:
  source:
    request: {{url: "{board}/hostile/feed.json"}}
    format: {{type: json, records: jobs}}
  mapping:
    externalId: id
    title: "<img src=x onerror=alert(1)>"
"""

_STALLED = """\
apiVersion: jobimport.dev/v1alpha1
kind: JobImport
metadata:
  name: {name}
spec:
  source:
    request: {{url: "{board}/northwind/jobs"}}
    format: {{type: json, records: jobs}}
  mapping:
    externalId: id
    title: titel(title)
"""


_PACES = {
    "northwind": ("17 * * * *", "maria"),
    "lakeside": ("*/30 * * * *", "recruiting"),
    "harbour": ("0 6 * * *", "recruiting"),
    "two-towns": ("0 7 * * *", "recruiting"),
    "orchard": ("0 5 * * *", "maria"),
}
_OTHERS = {
    "village-board": _RSS,
    "hostile": _HOSTILE,
    "hostile-towns": _HOSTILE_TOWNS,
    "hostile-spec": _HOSTILE_SPEC,
    "misspelt": _STALLED,
    "to-mend": _STALLED,
}
RUNNING = (*_PACES, "village-board", "hostile", "hostile-towns")
"""Those that run at once; the others have something to be mended first."""
NAMES = (*RUNNING, "hostile-spec", "misspelt", "to-mend")


def write_imports(folder: Path, boards: Mapping[str, str]) -> None:
    """Write the imports, each reading from the board at its own address."""
    towns = orjson.dumps([{"town": each} for each in payloads()]).decode()
    for name, board in boards.items():
        if name in _PACES:
            schedule, owner = _PACES[name]
            form = _TWO_TOWNS if name == "two-towns" else _PAGED
            text = form.format(name=name, schedule=schedule, owner=owner, board=board)
        else:
            text = _OTHERS[name].format(name=name, board=board, towns=towns)
        (folder / f"{name}.yaml").write_text(text)
