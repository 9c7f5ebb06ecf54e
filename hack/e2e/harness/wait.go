package harness

import (
	"context"
	"fmt"
	"time"
)

// interval is the time between two looks at what is waited for.
const interval = 300 * time.Millisecond

// Wait asks again and again until done, and for as long as limit. In the error it tells what it
// waited for and what was last seen.
func Wait(ctx context.Context, what string, limit time.Duration, look func(context.Context) (done bool, seen string, err error)) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		done, seen, err := look(ctx)
		if done && err == nil {
			return nil
		}
		if err != nil {
			seen = err.Error()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited %s for %s; last seen: %s", limit, what, seen)
		case <-time.After(interval):
		}
	}
}
