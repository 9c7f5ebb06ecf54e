package sender

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/share"
	"crier.dev/crier/internal/names"
)

var shardResource = schema.GroupResource{Group: crier.GroupVersion.Group, Resource: "deliveryshards"}

// memory is a Store with the API server's conflicts.
type memory struct {
	mu      sync.Mutex
	version int
	shards  map[string]*crier.DeliveryShard
	secrets map[string]*corev1.Secret
	// refuse, if set, answers an update before it is made; lose after it.
	refuse, lose func(*crier.DeliveryShard) error
	// rations, if set, are those that the connection of that name comes with.
	rations    func() share.Rations
	seq        int64 // of the last rations
	connection string
	// seen is told of every state that was stored.
	seen func(*crier.DeliveryShard)
	read int // how often a shard was asked for
}

// looks is how often anybody has asked for a shard.
func (m *memory) looks() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.read
}

func (m *memory) GetShard(_ context.Context, name string) (*crier.DeliveryShard, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.read++
	if s := m.shards[name]; s != nil {
		return s.DeepCopy(), nil
	}
	return nil, apierrors.NewNotFound(shardResource, name)
}

func (m *memory) UpdateShard(_ context.Context, s *crier.DeliveryShard) (*crier.DeliveryShard, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refuse != nil {
		if err := m.refuse(s); err != nil {
			return nil, err
		}
	}
	old := m.shards[s.Name]
	if old == nil {
		return nil, apierrors.NewNotFound(shardResource, s.Name)
	}
	if old.ResourceVersion != s.ResourceVersion {
		return nil, apierrors.NewConflict(shardResource, s.Name, errors.New("changed meanwhile"))
	}
	stored := s.DeepCopy()
	m.put(stored)
	if m.lose != nil {
		if err := m.lose(s); err != nil {
			return nil, err
		}
	}
	return stored.DeepCopy(), nil
}

func (m *memory) put(s *crier.DeliveryShard) {
	m.version++
	s.ResourceVersion = strconv.Itoa(m.version)
	m.shards[s.Name] = s
	if m.seen != nil {
		m.seen(s.DeepCopy())
	}
}

// change is what somebody else does to a shard, who counts writes as all do.
func (m *memory) change(name string, f func(*crier.DeliveryShardState)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.shards[name].DeepCopy()
	was := s.State.Sequence
	if f(&s.State); s.State.Sequence == was {
		s.State.Sequence++
	}
	m.put(s)
}

func (m *memory) GetSecret(_ context.Context, name string) (*corev1.Secret, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.secrets[name]
	if s == nil {
		return nil, apierrors.NewNotFound(schema.GroupResource{Resource: "secrets"}, name)
	}
	s = s.DeepCopy()
	if m.rations != nil && name == m.connection {
		s.Data[names.RationsKey], _ = m.rations().Encode() // numbers only
	}
	return s, nil
}

// serve makes the store reachable for another process.
func (m *memory) serve(t *testing.T) string {
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any, err error) {
		var status apierrors.APIStatus
		if errors.As(err, &status) {
			w.WriteHeader(int(status.Status().Code))
			v = status.Status()
		}
		_ = json.NewEncoder(w).Encode(v) // the other process may be dead by now
	}
	mux.HandleFunc("GET /shard", func(w http.ResponseWriter, r *http.Request) {
		s, err := m.GetShard(r.Context(), r.URL.Query().Get("name"))
		answer(w, s, err)
	})
	mux.HandleFunc("PUT /shard", func(w http.ResponseWriter, r *http.Request) {
		var s crier.DeliveryShard
		if json.NewDecoder(r.Body).Decode(&s) != nil {
			return // cut off in the middle: nothing was asked for
		}
		stored, err := m.UpdateShard(r.Context(), &s)
		answer(w, stored, err)
	})
	mux.HandleFunc("GET /secret", func(w http.ResponseWriter, r *http.Request) {
		s, err := m.GetSecret(r.Context(), r.URL.Query().Get("name"))
		answer(w, s, err)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// remote is the other side of serve.
type remote string

func (r remote) call(ctx context.Context, method, path, name string, in, out any) error {
	body := &strings.Builder{}
	if err := json.NewEncoder(body).Encode(in); err != nil {
		return err
	}
	target := string(r) + path + "?name=" + url.QueryEscape(name)
	request, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(body.String()))
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusOK {
		return json.NewDecoder(answer.Body).Decode(out)
	}
	status := &apierrors.StatusError{ErrStatus: metav1.Status{}}
	if err := json.NewDecoder(answer.Body).Decode(&status.ErrStatus); err != nil {
		return err
	}
	return status
}

func (r remote) GetShard(ctx context.Context, name string) (*crier.DeliveryShard, error) {
	s := &crier.DeliveryShard{}
	return s, r.call(ctx, http.MethodGet, "/shard", name, nil, s)
}

func (r remote) UpdateShard(ctx context.Context, shard *crier.DeliveryShard) (*crier.DeliveryShard, error) {
	s := &crier.DeliveryShard{}
	return s, r.call(ctx, http.MethodPut, "/shard", shard.Name, shard, s)
}

func (r remote) GetSecret(ctx context.Context, name string) (*corev1.Secret, error) {
	s := &corev1.Secret{}
	return s, r.call(ctx, http.MethodGet, "/secret", name, nil, s)
}
