// Shell scripts that ask `leat complete` for what may come next. It is given the words typed so far, the last one being the one that
// is completed, and prints a candidate a line: the word, a tab, what it means.

export const SHELLS = ['bash', 'zsh', 'fish'] as const

export type Shell = (typeof SHELLS)[number]

export function completionScript(shell: Shell): string {
  return SCRIPTS[shell]
}

const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# leat completion for bash: eval "$(leat completion bash)"
_leat() {
  local IFS=$'\\n'
  COMPREPLY=($(leat complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f 1))
}
complete -o default -F _leat leat
`,
  zsh: `#compdef leat
# leat completion for zsh: eval "$(leat completion zsh)"
_leat() {
  local -a words_and_meanings
  local line
  while IFS= read -r line; do
    words_and_meanings+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <(leat complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#words_and_meanings} )); then _describe leat words_and_meanings; else _files; fi
}
if [[ $funcstack[1] == _leat ]]; then _leat "$@"; else compdef _leat leat; fi
`,
  fish: `# leat completion for fish: leat completion fish > ~/.config/fish/completions/leat.fish
function __leat_complete
  set -l typed (commandline -opc) (commandline -ct)
  set -l found (leat complete -- $typed[2..-1] 2>/dev/null)
  if set -q found[1]
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c leat -f -a '(__leat_complete)'
`,
}
