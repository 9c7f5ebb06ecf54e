package layout

// facts are what a message of a list has to say: why one gets it, who sends
// it, and how to leave the list.
type facts uint8

const (
	why facts = 1 << iota
	from
	leave
)

// footed says whether a part has all of them that there are. Else it needs a
// footer, in which one may stand again: better twice than not at all.
func (a *assembly) footed(said facts) bool {
	needed := why
	if !blank(a.in.List.PostalAddress) {
		needed |= from
	}
	if !blank(a.in.List.UnsubscribeURL) {
		needed |= leave
	}
	return said&needed == needed
}
