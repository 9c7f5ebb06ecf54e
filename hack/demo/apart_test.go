package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"crier.dev/crier/hack/e2e/harness"
	"crier.dev/crier/internal/writing/listid"
)

// ofCluster are the kinds of the manifests that have no namespace.
var ofCluster = []string{"Namespace"}

// claims are what a folder of manifests takes for itself in a cluster.
func claims(t *testing.T, folder string) map[string]bool {
	t.Helper()
	manifests, err := harness.ReadManifests(filepath.Join("../..", folder))
	if err != nil {
		t.Fatal(err)
	}
	taken := map[string]bool{}
	for _, file := range manifests.Files {
		for _, object := range file.Objects {
			taken["namespace "+object.GetNamespace()] = object.GetNamespace() != ""
			if slices.Contains(ofCluster, object.GetKind()) {
				taken[strings.ToLower(object.GetKind())+" "+object.GetName()] = true
			} else if object.GetNamespace() == "" {
				t.Errorf("%s, %s %s: no namespace", folder, object.GetKind(), object.GetName())
			}
			if object.GetKind() != "MailingList" {
				continue
			}
			address, _, err := unstructured.NestedString(object.Object, "spec", "address")
			if err != nil {
				t.Fatal(err)
			}
			id, err := listid.Of(address)
			if err != nil {
				t.Fatal(err)
			}
			if taken["List-Id "+id] {
				t.Errorf("%s: two lists have the List-Id %s", folder, id)
			}
			taken["List-Id "+id] = true
		}
	}
	delete(taken, "namespace ")
	return taken
}

// Both demonstrations run on one cluster, in any order.
func TestDemosStayApart(t *testing.T) {
	samples, sources := claims(t, "config/samples"), claims(t, "config/demo-sources")
	for what := range samples {
		if sources[what] {
			t.Errorf("both demonstrations claim the %s", what)
		}
	}
	if len(samples) < 4 || len(sources) < 5 {
		t.Errorf("%v, %v: less than the folders hold", samples, sources)
	}
}
