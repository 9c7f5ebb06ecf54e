package userfiles

import (
	"context"
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/source"
)

var secrets = schema.GroupResource{Resource: "secrets"}

// reader has a ConfigMap and two Secrets of namespace hr: one that Crier may
// use for rosters, and one that says nothing of Crier. It notes which Secrets
// are read with what they hold, and fails for names that say so.
func reader(whole *[]string) client.Client {
	about := func(name, use string) metav1.ObjectMeta {
		m := metav1.ObjectMeta{Namespace: "hr", Name: name}
		if use != "" {
			m.Labels = map[string]string{crier.LabelUse: use}
		}
		return m
	}
	return fake.NewClientBuilder().WithObjects(
		&corev1.ConfigMap{ObjectMeta: about("people", ""), Data: map[string]string{"a.csv": "email\n", "empty": ""}, BinaryData: map[string][]byte{"b.csv": {1, 2}}},
		&corev1.Secret{ObjectMeta: about("people", crier.UseRoster), Data: map[string][]byte{"a.csv": []byte("email\n"), "empty": {}}},
		&corev1.Secret{ObjectMeta: about("login", ""), Data: map[string][]byte{"password": []byte("hush")}},
	).WithInterceptorFuncs(interceptor.Funcs{
		Get: func(ctx context.Context, w client.WithWatch, key client.ObjectKey, obj client.Object, options ...client.GetOption) error {
			switch key.Name {
			case "forbidden":
				return apierrors.NewForbidden(secrets, key.Name, nil)
			case "broken":
				return apierrors.NewInternalError(errors.New("no quorum"))
			}
			if _, is := obj.(*corev1.Secret); is {
				*whole = append(*whole, key.Name)
			}
			return w.Get(ctx, key, obj, options...)
		},
	}).Build()
}

// What users keep is opened by kind and name. A key that is there and empty is
// there, and what Crier may not use isn't read, not even for a moment.
func TestOpen(t *testing.T) {
	for name, c := range map[string]struct {
		kind, object, use string
		keys              int
		problem           source.Kind
		words             string
		other             bool // an error of the API server
	}{
		"ConfigMap":               {kind: "ConfigMap", object: "people", keys: 3},
		"Secret":                  {kind: "Secret", object: "people", use: crier.UseRoster, keys: 2},
		"for another use":         {kind: "Secret", object: "people", use: crier.UseAttachment, problem: source.Unlabeled, words: "kubectl label secret people -n hr crier.dev/use=attachment"},
		"not for Crier":           {kind: "Secret", object: "login", use: crier.UseRoster, problem: source.Unlabeled, words: "login"},
		"no ConfigMap":            {kind: "ConfigMap", object: "none", problem: source.Missing, words: "There is no ConfigMap none in namespace hr that Crier may read."},
		"no Secret":               {kind: "Secret", object: "none", use: crier.UseRoster, problem: source.Missing, words: "There is no Secret none in namespace hr that Crier may read: create it with the label crier.dev/use=roster."},
		"a forbidden ConfigMap":   {kind: "ConfigMap", object: "forbidden", problem: source.Missing, words: "that Crier may read"},
		"a forbidden Secret":      {kind: "Secret", object: "forbidden", use: crier.UseRoster, problem: source.Missing, words: "that Crier may read"},
		"a ConfigMap, and no API": {kind: "ConfigMap", object: "broken", other: true},
		"a Secret, and no API":    {kind: "Secret", object: "broken", use: crier.UseRoster, other: true},
	} {
		var whole []string
		data, err := source.Open(t.Context(), Opener{Reader: reader(&whole), Namespace: "hr"}, c.kind, c.object, c.use)
		var problem *source.Problem
		switch is := errors.As(err, &problem); {
		case c.words == "" && is, c.words != "" && (!is || problem.Kind != c.problem || !strings.Contains(problem.Message, c.words)):
			t.Errorf("%s: %v", name, err)
		case c.other != (err != nil && !is), len(data) != c.keys:
			t.Errorf("%s: %d keys, %v", name, len(data), err)
		}
		if empty, there := data["empty"]; c.keys > 0 && (!there || len(empty) != 0) {
			t.Errorf("%s: the key that is empty: %q, %v", name, empty, there)
		}
		if c.words != "" && len(whole) > 0 {
			t.Errorf("%s: Secret %v was read", name, whole)
		}
	}
}

// A Secret that loses its label between the two reads isn't used.
func TestLabelThatGoesAway(t *testing.T) {
	var whole []string
	r := reader(&whole)
	fickle := interceptor.NewClient(r.(client.WithWatch), interceptor.Funcs{
		Get: func(ctx context.Context, w client.WithWatch, key client.ObjectKey, obj client.Object, options ...client.GetOption) error {
			err := w.Get(ctx, key, obj, options...)
			if secret, is := obj.(*corev1.Secret); is {
				secret.Labels = nil
			}
			return err
		},
	})
	var unlabeled *NotLabeled
	if _, err := ReadSecret(t.Context(), fickle, client.ObjectKey{Namespace: "hr", Name: "people"}, crier.UseRoster); !errors.As(err, &unlabeled) {
		t.Errorf("%v", err)
	}
}

// The digest of what a source reads changes with each of its objects, and with
// nothing else.
func TestVersions(t *testing.T) {
	var whole []string
	r := reader(&whole)
	from := func(objects ...crier.CSVObject) *crier.CSVSource { return &crier.CSVSource{From: objects} }
	configMap := crier.CSVObject{ConfigMap: &crier.CSVKeys{Name: "people"}}
	secret := crier.CSVObject{Secret: &crier.CSVKeys{Name: "people"}}
	absent := crier.CSVObject{Secret: &crier.CSVKeys{Name: "none"}}
	version := func(s *crier.CSVSource) string {
		v, err := Versions(t.Context(), r, "hr", s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if version(nil) != "" {
		t.Error("of no source")
	}
	seen := map[string]string{}
	for name, s := range map[string]*crier.CSVSource{
		"ConfigMap": from(configMap), "Secret": from(secret), "both": from(configMap, secret), "absent": from(absent), "none": from(),
	} {
		v := version(s)
		if before, known := seen[v]; known || v != version(s) {
			t.Errorf("%s has the version of %s, or another each time", name, before)
		}
		seen[v] = name
	}
	both := version(from(configMap, secret))
	var cm corev1.ConfigMap
	if err := r.Get(t.Context(), client.ObjectKey{Namespace: "hr", Name: "people"}, &cm); err != nil {
		t.Fatal(err)
	}
	cm.Data["a.csv"] = "email\nann@example.gov\n"
	if err := r.Update(t.Context(), &cm); err != nil {
		t.Fatal(err)
	}
	if version(from(configMap, secret)) == both {
		t.Error("a ConfigMap that changed has the same version")
	}
	if len(whole) > 0 {
		t.Errorf("Secret %v was read for its version", whole)
	}
	if _, err := Versions(t.Context(), r, "hr", from(crier.CSVObject{Secret: &crier.CSVKeys{Name: "broken"}})); err == nil {
		t.Error("an API server that fails isn't an object that is absent")
	}
}
