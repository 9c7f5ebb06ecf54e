package sender

import (
	"net/http"
	"sync/atomic"
	"time"
)

// tolerated is the difference between two clocks that is none: the API server
// tells the time in whole seconds, and an answer takes a while.
const tolerated = 2 * time.Second

// serverClock compares the clock of the node with that of the API server, by the
// Date of its answers. What has to happen at a time goes by that: one clock for
// all pods, which a node whose own is off doesn't have.
type serverClock struct {
	ahead atomic.Int64 // of the node's, in nanoseconds
}

func (c *serverClock) watch(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		asked := time.Now()
		answer, err := next.RoundTrip(request)
		if err == nil {
			c.learn(answer.Header.Get("Date"), asked, time.Now())
		}
		return answer, err
	})
}

// learn takes in the Date of an answer to a request that was made at a time. An
// answer that took long says little.
func (c *serverClock) learn(date string, asked, answered time.Time) {
	at, err := http.ParseTime(date)
	if err != nil || answered.Sub(asked) > tolerated {
		return
	}
	ahead := at.Sub(answered.Round(0))
	if ahead.Abs() <= tolerated {
		ahead = 0
	}
	c.ahead.Store(int64(ahead))
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// ahead is by how much the API server's clock is ahead of this node's, as far as the
// Store knows.
func (w *worker) ahead() time.Duration {
	if server, ok := w.store.(interface{ Ahead() time.Duration }); ok {
		return server.Ahead()
	}
	return 0
}

// now is the time by the API server's clock.
func (w *worker) now() time.Time { return time.Now().Add(w.ahead()) }

// slept is how long this machine may have stood still since the server's clock was
// so far ahead: all its own clocks stand still while a hypervisor pauses it.
func (w *worker) slept(ahead time.Duration) time.Duration { return max(0, w.ahead()-ahead) }
