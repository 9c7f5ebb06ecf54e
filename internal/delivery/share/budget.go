package share

// Budget is what one pass may use of a Relay's daily limit.
type Budget struct {
	// Job is the pass that it is for.
	Job string `json:"job"`
	// Messages is how many it may send in all.
	Messages int64 `json:"messages"`
}
