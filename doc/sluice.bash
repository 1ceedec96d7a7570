# Completion of sluice for bash: commands and options as the program itself tells them.
_sluice() {
    local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} command='' i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        -q | -v | help) ;;
        *)
            command=${COMP_WORDS[i]}
            break
            ;;
        esac
    done
    if [ -z "$command" ]; then
        mapfile -t COMPREPLY < <(compgen -W "$("$program" help 2>/dev/null | sed -n 's/^  \([a-z]*\) .*/\1/p') help" -- "$word")
    elif [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$("$program" "$command" --help 2>/dev/null | grep -oE '^ +(-[a-z], )?--[a-z-]+' |
            grep -oE -- '--[a-z-]+')" -- "$word")
    fi
}
complete -o default -F _sluice sluice ./sluice
