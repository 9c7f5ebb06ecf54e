package main

import (
	"reflect"
	"strings"
	"testing"
)

const rendered = `# Source: a/comment
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: a
  namespace: here
  labels:
    app.kubernetes.io/managed-by: Helm
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: r
  labels:
    app: one
rules:
- apiGroups: [""]
  resources: [pods, secrets]
  verbs: [get]
---
kind: Deployment
metadata: {name: d}
spec: {args: [a, b]}
`

func TestCompareObjects(t *testing.T) {
	for name, c := range map[string]struct {
		old, new string
		want     []string
	}{
		"the same":             {"", "", nil},
		"bookkeeping":          {"managed-by: Helm", "managed-by: Flux", nil},
		"order of permissions": {"[pods, secrets]", "[secrets, pods]", nil},
		"grouping of permissions": {"  resources: [pods, secrets]\n  verbs: [get]",
			"  resources: [pods]\n  verbs: [get]\n- apiGroups: [\"\"]\n  resources: [secrets]\n  verbs: [get]", nil},
		"a permission more": {"verbs: [get]", "verbs: [get, list]",
			[]string{"Role /r rules [list  pods  ]: null, true", "Role /r rules [list  secrets  ]: null, true"}},
		"another label":  {"app: one", "app: two", []string{`Role /r metadata labels app: "one", "two"`}},
		"a list's order": {"[a, b]", "[b, a]", []string{`Deployment /d spec args[0]: "a", "b"`, `Deployment /d spec args[1]: "b", "a"`}},
		"a list's length": {"[a, b]", "[a]",
			[]string{`Deployment /d spec args: ["a","b"], ["a"]`}},
		"a field less": {"spec: {args: [a, b]}", "spec: {}",
			[]string{`Deployment /d spec: {"args":["a","b"]}, null`}},
		"another namespace": {"namespace: here", "namespace: there",
			[]string{"ServiceAccount here/a: only on the left", "ServiceAccount there/a: only on the right"}},
	} {
		t.Run(name, func(t *testing.T) {
			left, err := parseObjects([]byte(rendered))
			if err != nil {
				t.Fatal(err)
			}
			right, err := parseObjects([]byte(strings.Replace(rendered, c.old, c.new, 1)))
			if err != nil {
				t.Fatal(err)
			}
			if got := compareObjects(left, right); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestParseObjectsRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"an object twice": "kind: A\nmetadata: {name: a}\n---\nkind: A\nmetadata: {name: a}\n",
		"no name":         "kind: A\n",
		"no YAML":         "{",
	} {
		if _, err := parseObjects([]byte(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
