package suppression

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// Settle is how long a Suppression is left alone after it was read, so that one
// that changes all the time isn't stored anew each time: who sends looks every
// three seconds.
const Settle = time.Second

// reads remembers when each Suppression was read last.
type reads struct {
	mu sync.Mutex
	at map[types.NamespacedName]time.Time
}

// wait is for how much longer to leave one alone; 0 if it is read now.
func (r *reads) wait(of types.NamespacedName, now time.Time, settle time.Duration) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if left := settle - now.Sub(r.at[of]); left > 0 && left <= settle {
		return left
	}
	if r.at == nil {
		r.at = map[types.NamespacedName]time.Time{}
	}
	r.at[of] = now
	return 0
}

func (r *reads) forget(of types.NamespacedName) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.at, of)
}
