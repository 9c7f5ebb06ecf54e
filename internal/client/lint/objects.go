package lint

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"crier.dev/crier/internal/client/apirules"
	"crier.dev/crier/internal/client/manifest"
)

// object applies the rules of the API, and remembers what the object declares.
func (l *linter) object(ctx context.Context, o *manifest.Object) error {
	l.duplicate(o)
	if o.Group() != apirules.Group {
		return l.foreign(o)
	}
	known, err := l.kind(o)
	if err != nil || !known {
		return err
	}
	l.count(o, &l.report.Objects)
	l.cutTexts(o)
	result, err := apirules.Check(ctx, o.Content)
	if err != nil {
		return err
	}
	badMetadata := l.metadata(o)
	for _, p := range result.Problems {
		if badMetadata && p.Field == "metadata" {
			continue // said where it stands
		}
		rule := RuleSchema
		if p.Unknown {
			rule = RuleField
		}
		message := p.Message
		message += remedy(o, p)
		if p.Missing || !p.Unknown && !o.Has(p.Field) {
			message = p.Field + ": " + message
		}
		l.at(o, Error, rule, p.Field, message)
	}
	if !result.Shaped() {
		return nil
	}
	if err := l.world.Add(result.Content, o); err != nil {
		l.at(o, Error, RuleSchema, "spec", err.Error())
	}
	return nil
}

// like says whether a group may have been meant to be Crier's.
func like(group string) bool {
	return group == "" || strings.Contains(strings.ToLower(group), "crier") || apirules.Nearest(group, []string{apirules.Group}) != ""
}

// count counts an object once.
func (l *linter) count(o *manifest.Object, in *int) {
	if !l.counted[o] {
		l.counted[o] = true
		*in++
	}
}

// foreign takes an object of another group: it may hold files, or make a
// Secret. A kind of ours in no group at all is a slip.
func (l *linter) foreign(o *manifest.Object) error {
	if versions, err := apirules.Versions(o.Kind); err == nil && len(versions) > 0 && like(o.Group()) {
		l.at(o, Error, RuleKind, "apiVersion", fmt.Sprintf("there is no kind %q in %s; write apiVersion: %s/%s", o.Kind, o.APIVersion, apirules.Group, strings.Join(versions, " or ")))
		return nil
	}
	if o.APIVersion == "v1" && (o.Kind == "ConfigMap" || o.Kind == "Secret") {
		l.texts(o)
	} else {
		l.count(o, &l.report.Skipped)
	}
	return l.world.Add(o.Content, o)
}

// texts looks for data of a ConfigMap or Secret that aren't texts: an API
// server refuses the object.
func (l *linter) texts(o *manifest.Object) {
	for _, field := range []string{"data", "stringData"} {
		data, _ := o.Content[field].(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(data)) {
			if _, ok := data[key].(string); !ok && data[key] != nil {
				path := field + "[" + key + "]"
				l.at(o, Error, RuleSchema, path, "this must be text"+quote(o, path))
			}
		}
	}
}

// kind looks for kinds that there aren't.
func (l *linter) kind(o *manifest.Object) (known bool, err error) {
	versions, err := apirules.Versions(o.Kind)
	if err != nil {
		return false, err
	}
	version := strings.TrimPrefix(o.APIVersion, apirules.Group+"/")
	switch {
	case slices.Contains(versions, version):
		return true, nil
	case len(versions) > 0:
		l.at(o, Error, RuleKind, "apiVersion", fmt.Sprintf("%s has no version %q; write apiVersion: %s/%s", o.Kind, version, apirules.Group, strings.Join(versions, " or ")))
		return false, nil
	}
	kinds, err := apirules.Kinds()
	if err != nil {
		return false, err
	}
	message := fmt.Sprintf("there is no kind %q in %s", o.Kind, apirules.Group)
	if best := apirules.Nearest(o.Kind, kinds); best != "" {
		message += fmt.Sprintf("; did you mean %q?", best)
	} else {
		message += "; there are " + strings.Join(kinds, ", ")
	}
	l.at(o, Error, RuleKind, "kind", message)
	return false, nil
}

// duplicate looks for an object that is there before: applying both leaves
// one of them, and which is chance.
func (l *linter) duplicate(o *manifest.Object) {
	key, named := identity(o)
	if !named || o.Group() != apirules.Group && o.Kind != "ConfigMap" && o.Kind != "Secret" {
		return
	}
	if before, there := l.first[key]; there {
		l.at(o, Error, RuleDuplicate, "metadata.name", fmt.Sprintf("there is another %s at %s", o.Title(), before))
		return
	}
	l.first[key] = o.At("metadata.name")
}
