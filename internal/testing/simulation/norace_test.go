//go:build !race

package simulation

import "time"

// usual is how long new seeds are begun.
const usual = 55 * time.Second
