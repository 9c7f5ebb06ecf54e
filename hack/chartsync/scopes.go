package main

import (
	"fmt"
	"slices"
	"strings"
)

// scopes holds the cluster-scoped resources by API group. Everything else is
// namespaced, which is the safe guess: a namespaced Role that names a
// cluster-scoped resource grants nothing.
type scopes map[string][]string

// clusterScopes knows the cluster-scoped resources of Kubernetes that an
// operator may use, and those of crds.
func clusterScopes(crds []crd) scopes {
	out := scopes{
		"":                             {"namespaces", "nodes", "persistentvolumes"},
		"admissionregistration.k8s.io": {"mutatingwebhookconfigurations", "validatingadmissionpolicies", "validatingadmissionpolicybindings", "validatingwebhookconfigurations"},
		"apiextensions.k8s.io":         {"customresourcedefinitions"},
		"authentication.k8s.io":        {"selfsubjectreviews", "tokenreviews"},
		"authorization.k8s.io":         {"selfsubjectaccessreviews", "selfsubjectrulesreviews", "subjectaccessreviews"},
		"rbac.authorization.k8s.io":    {"clusterrolebindings", "clusterroles"},
		"scheduling.k8s.io":            {"priorityclasses"},
		"storage.k8s.io":               {"csidrivers", "csinodes", "storageclasses", "volumeattachments"},
	}
	for _, c := range crds {
		if c.cluster {
			out[c.group] = append(out[c.group], c.plural)
		}
	}
	return out
}

// split parts one rule of a ClusterRole. A wildcard is refused: nobody could
// say which side it belongs to.
func (s scopes) split(r rule) (cluster, tenant []rule, err error) {
	if len(r.NonResourceURLs) > 0 {
		return []rule{r}, nil, nil
	}
	for _, group := range r.APIGroups {
		if group == "*" || slices.Contains(r.Resources, "*") {
			return nil, nil, fmt.Errorf("a rule with a wildcard: groups %q, resources %q", r.APIGroups, r.Resources)
		}
		var wide, narrow []string
		for _, resource := range r.Resources {
			kind, _, _ := strings.Cut(resource, "/")
			if slices.Contains(s[group], kind) {
				wide = append(wide, resource)
			} else {
				narrow = append(narrow, resource)
			}
		}
		cluster = appendRule(cluster, r, group, wide)
		tenant = appendRule(tenant, r, group, narrow)
	}
	return cluster, tenant, nil
}

// appendRule adds r narrowed to one group and to resources, if there are any.
func appendRule(to []rule, r rule, group string, resources []string) []rule {
	if len(resources) == 0 {
		return to
	}
	return append(to, rule{
		APIGroups: []string{group}, Resources: resources,
		ResourceNames: r.ResourceNames, Verbs: r.Verbs,
	})
}
