package relay

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
)

// memory holds the last probe of each Relay in this process, for the time in
// which the cache doesn't have it yet or its status could not be written:
// a login that was refused must not be repeated because of that.
type memory struct {
	mu    sync.Mutex
	known map[client.ObjectKey]remembered
}

type remembered struct {
	uid    types.UID
	status crier.RelayStatus
}

func (m *memory) put(relay *crier.Relay) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil {
		m.known = map[client.ObjectKey]remembered{}
	}
	m.known[client.ObjectKeyFromObject(relay)] = remembered{relay.UID, *relay.Status.DeepCopy()}
}

// get returns nil unless there was a later probe than the Relay's status has.
func (m *memory) get(relay *crier.Relay) *crier.RelayStatus {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.known[client.ObjectKeyFromObject(relay)]
	if !ok || r.uid != relay.UID {
		return nil
	}
	if p := relay.Status.Probe; p != nil && !p.Time.Time.Before(r.status.Probe.Time.Truncate(second)) {
		return nil
	}
	return r.status.DeepCopy()
}

func (m *memory) forget(key client.ObjectKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.known, key)
}
