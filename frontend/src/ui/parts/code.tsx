/** A line of YAML: key, value, comment, coloured without a library. */
function YamlLine({text}: {text: string}) {
  const comment = /^(\s*)(#.*)$/.exec(text)
  if (comment) return <span className="text-soft">{text}</span>
  const pair = /^(\s*(?:- )*)((?:"[^"]*"|[^\s:#"'{[][^:#]*?)):(\s.*)?$/.exec(text)
  if (!pair) return <>{text}</>
  return (
    <>
      {pair[1]}
      <span className="text-accent">{pair[2]}</span>:{pair[3]}
    </>
  )
}

/** Text as written; scrolls by itself, by keyboard too. */
export function Code({text, label, yaml = false, tall = false}: {text: string; label: string; yaml?: boolean; tall?: boolean}) {
  return (
    <pre
      role="region"
      aria-label={label}
      tabIndex={0}
      className={`overflow-auto rounded-md bg-well p-3 font-mono text-xs leading-5 ${tall ? 'max-h-[70vh]' : 'max-h-80'} ${yaml ? 'whitespace-pre' : 'whitespace-pre-wrap [overflow-wrap:anywhere]'}`}
    >
      {yaml
        ? text.split('\n').map((line, index) => (
            <span key={index}>
              <YamlLine text={line} />
              {'\n'}
            </span>
          ))
        : text}
    </pre>
  )
}

const marks: Record<string, string> = {'+': 'text-good', '-': 'text-bad', '@': 'text-soft'}

/** A unified diff. */
export function Diff({text, label}: {text: string; label: string}) {
  return (
    <pre role="region" aria-label={label} tabIndex={0} className="max-h-[70vh] overflow-auto rounded-md bg-well p-3 font-mono text-xs leading-5">
      {text.split('\n').map((line, index) => (
        <span key={index} className={`block min-h-5 ${marks[line[0] ?? ''] ?? ''}`}>
          {line}
        </span>
      ))}
    </pre>
  )
}
