package subscriberset

import (
	"context"
	"slices"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/recipients/source/kinds"
)

// cycle finds out whether a union is made of itself. Sets that only lead to
// such a one wait for it.
func (s *scope) cycle(ctx context.Context) (*source.Problem, error) {
	if len(kinds.Members(s.set.Spec.Source)) == 0 {
		return nil, nil
	}
	var sets crier.SubscriberSetList
	if err := s.Client.List(ctx, &sets, client.InNamespace(s.set.Namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil, err
	}
	members := map[string][]string{}
	for i := range sets.Items {
		members[sets.Items[i].Name] = kinds.Members(sets.Items[i].Spec.Source)
	}
	members[s.set.Name] = kinds.Members(s.set.Spec.Source) // the cache may be behind
	path := pathBack(members, s.set.Name)
	if path == nil {
		return nil, nil
	}
	return source.Say(source.Invalid, "A union can't contain itself: %s. Remove one of them from source.union of the one before it.",
		strings.Join(shorten(path), " -> ")), nil
}

// pathBack is a shortest way from a set over its members back to it.
func pathBack(members map[string][]string, start string) []string {
	from := map[string]string{}
	for queue := []string{start}; len(queue) > 0; queue = queue[1:] {
		for _, next := range members[queue[0]] {
			if next == start {
				path := []string{start}
				for at := queue[0]; at != start; at = from[at] {
					path = append(path, at)
				}
				path = append(path, start)
				slices.Reverse(path)
				return path
			}
			if _, seen := from[next]; !seen {
				from[next] = queue[0]
				queue = append(queue, next)
			}
		}
	}
	return nil
}

// shorten leaves out the middle of a long way.
func shorten(path []string) []string {
	const ends = 5
	if len(path) <= 2*ends {
		return path
	}
	return slices.Concat(path[:ends], []string{"..."}, path[len(path)-ends:])
}
