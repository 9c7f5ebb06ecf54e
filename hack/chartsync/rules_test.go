package main

import (
	"reflect"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

const generatedRoles = `---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: crier-manager
rules:
- apiGroups: ["", example.org]
  resources: [namespaces, secrets, letters, letters/status, parcels]
  verbs: [get]
- nonResourceURLs: [/metrics]
  verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: crier-manager
  namespace: crier-system
rules:
- apiGroups: [batch]
  resources: [jobs]
  resourceNames: [one]
  verbs: [create, delete]
`

func testScopes() scopes {
	return clusterScopes([]crd{
		{group: "example.org", plural: "letters", cluster: true},
		{group: "example.org", plural: "parcels"},
	})
}

func TestSplitRoles(t *testing.T) {
	got, err := splitRoles([]byte(generatedRoles), testScopes())
	if err != nil {
		t.Fatal(err)
	}
	get := []string{"get"}
	want := managerRules{
		cluster: []rule{
			{APIGroups: []string{""}, Resources: []string{"namespaces"}, Verbs: get},
			{APIGroups: []string{"example.org"}, Resources: []string{"letters", "letters/status"}, Verbs: get},
			{NonResourceURLs: []string{"/metrics"}, Verbs: get},
		},
		// A resource that a group doesn't have grants nothing, so that it
		// doesn't matter on which side it ends.
		tenant: []rule{
			{APIGroups: []string{""}, Resources: []string{"secrets", "letters", "letters/status", "parcels"}, Verbs: get},
			{APIGroups: []string{"example.org"}, Resources: []string{"namespaces", "secrets", "parcels"}, Verbs: get},
		},
		operator: []rule{
			{APIGroups: []string{"batch"}, Resources: []string{"jobs"}, ResourceNames: []string{"one"}, Verbs: []string{"create", "delete"}},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestSplitRolesRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"another namespace": strings.Replace(generatedRoles, "crier-system", "kube-system", 1),
		"another kind":      strings.Replace(generatedRoles, "kind: Role\n", "kind: RoleBinding\n", 1),
		"all groups":        strings.Replace(generatedRoles, `["", example.org]`, `["*"]`, 1),
		"all resources":     strings.Replace(generatedRoles, "[namespaces,", `["*",`, 1),
		"an unknown field":  strings.Replace(generatedRoles, "resourceNames:", "resourceLabels:", 1),
	} {
		if _, err := splitRoles([]byte(text), testScopes()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestRulesTemplate(t *testing.T) {
	text, err := managerRules{tenant: []rule{{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"get"}}}}.template()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"cluster": 0, "tenant": 1, "operator": 0} {
		_, body, ok := strings.Cut(string(text), `{{- define "crier.rules.`+name+`" -}}`)
		body, _, _ = strings.Cut(body, "{{- end }}")
		var rules []rule
		if err := yaml.Unmarshal([]byte(body), &rules); err != nil || !ok || len(rules) != want {
			t.Errorf("%s: defined %v, %d rules, error %v", name, ok, len(rules), err)
		}
	}
}
