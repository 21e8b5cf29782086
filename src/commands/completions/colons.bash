
# bash breaks words at colons, and a pattern's signature has some: join them before asking, and answer with what follows
# the last colon.
_flowmine() {
    local words=() joins= i
    for ((i = 0; i <= COMP_CWORD; i++)); do
        if [[ ${#words[@]} -gt 0 && ( -n $joins || ${COMP_WORDS[i]} == : ) ]]; then
            words[${#words[@]} - 1]+=${COMP_WORDS[i]}
        else
            words+=("${COMP_WORDS[i]}")
        fi
        if [[ ${COMP_WORDS[i]} == : ]]; then joins=1; else joins=; fi
    done
    COMP_WORDS=("${words[@]}")
    COMP_CWORD=$((${#words[@]} - 1))
    local typed=${words[COMP_CWORD]}
    _clap_complete_flowmine "$1" "$typed" "$3"
    if [[ $COMP_WORDBREAKS == *:* && $typed == *:* ]]; then
        local before=${typed%"${typed##*:}"}
        COMPREPLY=("${COMPREPLY[@]#"$before"}")
    fi
}
complete -o nospace -o bashdefault -F _flowmine flowmine
