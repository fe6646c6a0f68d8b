// A handler for `consume --worker` that does next to nothing: a JSON line in, `ok` out.
let rest = ''
process.stdin.setEncoding('utf8').on('data', (text) => {
  const lines = (rest + text).split('\n')
  rest = lines.pop()
  for (const line of lines) JSON.parse(line)
  process.stdout.write('ok\n'.repeat(lines.length))
})
