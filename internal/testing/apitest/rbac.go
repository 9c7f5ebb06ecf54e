package apitest

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// AsManager is a configuration with the rights of the manager's
// ServiceAccount and no others, as config/rbac grants them. Client has every
// right, so that only this shows a missing one.
func (s *Server) AsManager(t *testing.T) *rest.Config {
	t.Helper()
	for _, file := range []string{"role.yaml", "role_binding.yaml"} {
		s.apply(t, filepath.Join(s.root, "config", "rbac", file))
	}
	config := rest.CopyConfig(s.Config)
	config.Impersonate.UserName = "system:serviceaccount:" + OperatorNamespace + ":crier-manager"
	config.Impersonate.Groups = []string{"system:serviceaccounts", "system:serviceaccounts:" + OperatorNamespace, "system:authenticated"}
	return config
}

// apply creates the objects of a file that aren't there yet.
func (s *Server) apply(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	documents := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	for {
		obj := &unstructured.Unstructured{}
		err := documents.Decode(&obj.Object)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if len(obj.Object) == 0 {
			continue
		}
		if err := s.Client.Create(t.Context(), obj); err != nil && !apierrors.IsAlreadyExists(err) {
			t.Fatalf("%s: %v", file, err)
		}
	}
}

// Guard has the server refuse what the policies of config/policy refuse.
func (s *Server) Guard(t *testing.T) {
	t.Helper()
	for _, file := range []string{"record_guard.yaml", "ledger_guard.yaml"} {
		s.apply(t, filepath.Join(s.root, "config", "policy", file))
	}
}

// As is a client of a user of those groups, who has every right that a cluster
// administrator has.
func (s *Server) As(t *testing.T, user string, groups ...string) client.Client {
	t.Helper()
	config := rest.CopyConfig(s.Config)
	config.Impersonate.UserName = user
	config.Impersonate.Groups = append([]string{"system:masters", "system:authenticated"}, groups...)
	c, err := client.New(config, client.Options{Scheme: s.Scheme})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
