package gather

import (
	"context"
	"os"
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/cache"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/testing/apitest"
)

var server *apitest.Server

func TestMain(m *testing.M) { os.Exit(apitest.Main(m, &server)) }

// A manager that serves some namespaces only must not trip over a list that
// refers to another.
func TestRouteToNamespaceThatIsNotServed(t *testing.T) {
	w := server.NewWorld(t)
	elsewhere := server.Namespace(t, nil)
	relay := w.Relay()
	relay.Namespace = elsewhere
	w.Create(relay)
	list := w.List()
	list.Spec.RelayRef.Namespace = elsewhere
	some, err := cache.New(server.Config, cache.Options{
		Scheme: server.Scheme, DefaultNamespaces: map[string]cache.Config{w.NS: {}},
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
	if found, ruling, err := Route(ctx, some, list); found != nil || ruling.Sender || err != nil {
		t.Errorf("unserved: %v, %v", ruling, err)
	}
	if found, ruling, err := Route(ctx, server.Client, list); found == nil || !ruling.Valid() || err != nil || ruling.Grant.Domains[0] != "example.gov" {
		t.Errorf("served: %v, %v", ruling, err)
	}
	list.Spec.RelayRef = crier.NamespacedReference{Name: "absent"}
	if found, ruling, err := Route(ctx, server.Client, list); found != nil || ruling.Sender || err != nil {
		t.Errorf("absent: %v, %v", ruling, err)
	}
}

func namesOf(sets []crier.SubscriberSet) (names []string) {
	for _, s := range sets {
		names = append(names, s.Name)
	}
	return names
}

// Whoever is named and selected is there once, in one order; what isn't there
// is said, never passed over.
func TestSetsOfAList(t *testing.T) {
	w := server.NewWorld(t)
	for name, part := range map[string]string{"zeta": "in", "alpha": "in", "mid": "out"} {
		set := w.Inline(name, apitest.People(1)...)
		set.Labels = map[string]string{"part": part}
		w.Create(set)
	}
	elsewhere := w.Inline("other", apitest.People(1)...)
	elsewhere.Namespace, elsewhere.Labels = server.Namespace(t, nil), map[string]string{"part": "in"}
	w.Create(elsewhere)
	by := func(part string) *metav1.LabelSelector {
		return &metav1.LabelSelector{MatchLabels: map[string]string{"part": part}}
	}
	for name, c := range map[string]struct {
		named         []string
		by            *metav1.LabelSelector
		sets, missing []string
		nothing       bool
	}{
		"named":                  {[]string{"zeta", "mid"}, nil, []string{"mid", "zeta"}, nil, false},
		"named twice":            {[]string{"mid", "mid"}, nil, []string{"mid"}, nil, false},
		"selected":               {nil, by("in"), []string{"alpha", "zeta"}, nil, false},
		"named and selected":     {[]string{"mid", "zeta"}, by("in"), []string{"alpha", "mid", "zeta"}, nil, false},
		"some are missing":       {[]string{"x", "mid", "gone", "x"}, nil, []string{"mid"}, []string{"gone", "x"}, false},
		"of another namespace":   {[]string{"other"}, nil, nil, []string{"other"}, false},
		"a label that none has":  {nil, by("nowhere"), nil, nil, true},
		"the same beside a name": {[]string{"mid"}, by("nowhere"), []string{"mid"}, nil, true},
		"neither":                {nil, nil, nil, nil, false},
	} {
		list := w.List()
		list.Spec.Audience = crier.Audience{SubscriberSets: apitest.References(c.named...), Selector: c.by}
		got, err := Sets(t.Context(), server.Client, list)
		if err != nil || !slices.Equal(namesOf(got.Sets), c.sets) || !slices.Equal(got.Missing, c.missing) || got.Nothing != c.nothing {
			t.Errorf("%s: %v, missing %v, nothing %t, %v", name, namesOf(got.Sets), got.Missing, got.Nothing, err)
		}
		// Whom an exclusion means is found in the same way, but it may be
		// content with nobody.
		from := &crier.AudienceExclusion{SubscriberSets: apitest.References(c.named...), Selector: c.by}
		for _, from.Optional = range []bool{false, true} {
			got, err := Excluded(t.Context(), server.Client, w.NS, from)
			if err != nil || !slices.Equal(namesOf(got.Sets), c.sets) || got.Nothing != (c.nothing && !from.Optional) {
				t.Errorf("%s, excluded, optional %t: %v, nothing %t, %v", name, from.Optional, namesOf(got.Sets), got.Nothing, err)
			}
		}
	}
	if got, err := Excluded(t.Context(), server.Client, w.NS, nil); err != nil || len(got.Sets) > 0 || got.Nothing {
		t.Errorf("no exclusion: %+v, %v", got, err)
	}
	list := w.List()
	list.Spec.Audience.Selector = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "part", Operator: "Near"}}}
	if _, err := Sets(t.Context(), server.Client, list); err == nil {
		t.Error("a selector that nobody understands selects nothing")
	}
}
