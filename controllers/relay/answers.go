package relay

import (
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
)

// answers hold what the DNS said of the keys of each Relay, in this process.
type answers struct {
	mu    sync.Mutex
	known map[client.ObjectKey]answer
}

type answer struct {
	uid       types.UID
	keys      string // which keys it is about
	at        time.Time
	condition metav1.Condition
}

func (a *answers) put(relay *crier.Relay, one answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known == nil {
		a.known = map[client.ObjectKey]answer{}
	}
	one.uid = relay.UID
	a.known[client.ObjectKeyFromObject(relay)] = one
}

// get returns nil unless the DNS was asked about these keys of this Relay.
func (a *answers) get(relay *crier.Relay, keys string) *answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	one, ok := a.known[client.ObjectKeyFromObject(relay)]
	if !ok || one.uid != relay.UID || one.keys != keys {
		return nil
	}
	return &one
}

func (a *answers) forget(key client.ObjectKey) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.known, key)
}
