package main

import (
	"bytes"
	"fmt"

	"sigs.k8s.io/yaml"
)

// operatorNamespace is the namespace that markers name for what happens next to
// the operator; the chart puts its release namespace there.
const operatorNamespace = "crier-system"

// rule is a PolicyRule of rbac.authorization.k8s.io/v1.
type rule struct {
	APIGroups       []string `json:"apiGroups,omitempty"`
	NonResourceURLs []string `json:"nonResourceURLs,omitempty"`
	ResourceNames   []string `json:"resourceNames,omitempty"`
	Resources       []string `json:"resources,omitempty"`
	Verbs           []string `json:"verbs"`
}

// role is a Role or a ClusterRole.
type role struct {
	APIVersion string
	Kind       string
	Metadata   struct{ Name, Namespace string }
	Rules      []rule
}

// managerRules are the manager's permissions by where they are granted.
type managerRules struct {
	cluster  []rule // cluster-scoped objects: always a ClusterRole
	tenant   []rule // users' namespaces: a ClusterRole, or a Role in each
	operator []rule // the operator's own namespace: a Role
}

// splitRoles sorts the generated roles in text.
func splitRoles(text []byte, scopes scopes) (managerRules, error) {
	var out managerRules
	for _, document := range documents(text) {
		var r role
		if err := yaml.UnmarshalStrict(document, &r); err != nil {
			return out, err
		}
		switch {
		case r.Kind == "ClusterRole":
			for _, one := range r.Rules {
				cluster, tenant, err := scopes.split(one)
				if err != nil {
					return out, err
				}
				out.cluster = append(out.cluster, cluster...)
				out.tenant = append(out.tenant, tenant...)
			}
		case r.Kind == "Role" && r.Metadata.Namespace == operatorNamespace:
			out.operator = append(out.operator, r.Rules...)
		default:
			return out, fmt.Errorf("a %s in namespace %q has no place in the chart", r.Kind, r.Metadata.Namespace)
		}
	}
	return out, nil
}

// template defines one named template for each set of rules.
func (m managerRules) template() ([]byte, error) {
	var out bytes.Buffer
	fmt.Fprintf(&out, "{{- /* Written by hack/chartsync from %s. */}}\n", roleFile)
	for _, set := range []struct {
		name  string
		about string
		rules []rule
	}{
		{"cluster", "on cluster-scoped objects", m.cluster},
		{"tenant", "in the namespaces of users", m.tenant},
		{"operator", "in the operator's own namespace", m.operator},
	} {
		text, err := yaml.Marshal(set.rules)
		if err != nil {
			return nil, err
		}
		if len(set.rules) == 0 {
			text = []byte("# None.\n")
		}
		fmt.Fprintf(&out, "\n{{- /* What the manager does %s. */}}\n", set.about)
		fmt.Fprintf(&out, "{{- define \"crier.rules.%s\" -}}\n%s{{- end }}\n", set.name, escapeTemplate(text))
	}
	return out.Bytes(), nil
}

// documents splits a YAML stream; empty documents are left out.
func documents(text []byte) [][]byte {
	var out [][]byte
	for _, part := range bytes.Split(append([]byte("\n"), text...), []byte("\n---")) {
		if len(bytes.TrimSpace(part)) > 0 {
			out = append(out, append(part, '\n'))
		}
	}
	return out
}
