package mailinglist

import (
	"context"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/cache"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
)

// A manager that serves some namespaces only must not trip over a list that
// refers to another.
func TestRouteToNamespaceThatIsNotServed(t *testing.T) {
	w := newWorld(t)
	elsewhere := server.Namespace(t, nil)
	w.create(w.relay(elsewhere))
	list := w.list("staff")
	list.Spec.RelayRef.Namespace = elsewhere
	some, err := cache.New(server.Config, cache.Options{
		Scheme: server.Scheme, DefaultNamespaces: map[string]cache.Config{w.ns: {}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- some.Start(ctx) }()
	defer func() {
		cancel()
		<-ended
	}()
	if _, _, ok, err := gather.Route(ctx, some, list); ok || err != nil {
		t.Errorf("unserved: %t, %v", ok, err)
	}
	if _, granted, ok, err := gather.Route(ctx, server.Client, list); !ok || err != nil || granted.Domains[0] != "example.gov" {
		t.Errorf("served: %t, %v", ok, err)
	}
	list.Spec.RelayRef = crier.NamespacedReference{Name: "absent"}
	if _, _, ok, err := gather.Route(ctx, server.Client, list); ok || err != nil {
		t.Errorf("absent: %t, %v", ok, err)
	}
}
