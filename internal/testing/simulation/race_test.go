//go:build race

package simulation

import "time"

// usual is how long new seeds are begun. The race detector makes each ten
// times as slow: a few of them are enough for it.
const usual = 15 * time.Second
