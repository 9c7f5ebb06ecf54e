package declared

import (
	"strings"

	"crier.dev/crier/internal/client/manifest"
)

// makers are the kinds of other programs that make Secrets of their namespace,
// by group and kind: the fields that name the Secret, of which the first that
// is there counts, and the name of the object itself if none is.
var makers = map[string][]string{
	"bitnami.com/SealedSecret":                 {"spec.template.metadata.name"},
	"external-secrets.io/ExternalSecret":       {"spec.target.name"},
	"secrets.hashicorp.com/VaultStaticSecret":  {"spec.destination.name"},
	"secrets.hashicorp.com/VaultDynamicSecret": {"spec.destination.name"},
	"secrets.hashicorp.com/VaultPKISecret":     {"spec.destination.name"},
	"cert-manager.io/Certificate":              {"spec.secretName"},
	"onepassword.com/OnePasswordItem":          {},
	"secrets.infisical.com/InfisicalSecret":    {"spec.managedSecretReference.secretName"},
	"secrets.doppler.com/DopplerSecret":        {"spec.managedSecret.name"},
}

// filesOf are the files of a ConfigMap or Secret. Those of one that is
// encrypted, or made of files that can't be read, aren't known.
func filesOf(content map[string]any, texts, packed string, from *manifest.Object) Of[Files] {
	value := files(content, texts, packed)
	if from != nil && from.Opaque {
		value.Data = nil
	}
	return Of[Files]{value, from}
}

// known is a ConfigMap or Secret that is declared and whose files are known.
func (w *World) known(kind string, key Key) (Of[Files], bool) {
	o, ok := w.files(kind).Get(key)
	return o, ok && o.Value.Data != nil
}

// provided takes a Secret that an object of another program makes: it is
// there, and what is in it isn't known.
func (w *World) provided(content map[string]any, from *manifest.Object) {
	apiVersion, _ := content["apiVersion"].(string)
	kind, _ := content["kind"].(string)
	group, _, _ := strings.Cut(apiVersion, "/")
	fields, ok := makers[group+"/"+kind]
	if !ok {
		return
	}
	key := keyOf(content)
	for _, field := range fields {
		if name := text(content, strings.Split(field, ".")); name != "" {
			key.Name = name
			break
		}
	}
	if _, there := w.Secrets.Get(key); !there {
		w.Secrets.put(key, Of[Files]{Object: from})
	}
}

// text is a text deep in an object, "" if there is none.
func text(content map[string]any, path []string) string {
	for ; len(path) > 1; path = path[1:] {
		content, _ = content[path[0]].(map[string]any)
	}
	s, _ := content[path[0]].(string)
	return s
}
