package main

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
	"crier.dev/crier/internal/testing/smtptest"
)

const (
	// namespace of the catcher.
	namespace = "crier-demo-sources"
	relayUser = "crier"
	domain    = "example.gov" // of the authors
	// kept is how many messages the catcher keeps whole; it counts all.
	kept = 4000
)

// script refuses some people for good, so that the reports have something to say.
var script = smtptest.Script{Rules: []smtptest.Rule{
	{Regexp: `^efua\.(nowak|quinn)\d*@`, Code: 550, Enhanced: "5.1.1", Text: "Recipient address rejected: user unknown"},
	{Regexp: `^reader\d*999@`, Code: 552, Enhanced: "5.2.2", Text: "Mailbox is over its quota"},
}}

// deploy starts a catcher instead of that of an earlier run, and gives the Relay its keys.
func (d *demo) deploy(ctx context.Context) (err error) {
	d.Say("Starting a mail catcher in namespace %s", namespace)
	for _, name := range []string{staff, news} {
		if err := d.kube.Abandon(ctx, d.key(name).Namespace); err != nil {
			return err
		}
	}
	if err := d.kube.Clear(ctx, namespace, harness.CatcherName); err != nil {
		return err
	}
	d.catcher, d.authority, err = d.kube.DeployCatcher(ctx, harness.CatcherOptions{
		Namespace: namespace, Image: d.CatcherImage, Script: script, Keep: kept,
		Users: map[string]string{relayUser: d.relayPassword},
	})
	if err != nil {
		return err
	}
	rsa, err := harness.NewRSAKey(domain, "rsa-2026")
	if err != nil {
		return err
	}
	ed25519, err := harness.NewEd25519Key(domain, "ed-2026")
	d.keys = []harness.DKIMKey{rsa, ed25519}
	return err
}

// hidden are the objects that aren't in Git: passwords, keys, and a file to attach.
func (d *demo) hidden() []client.Object {
	secret := func(namespace, name, use string, data map[string]string) client.Object {
		return &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{crier.LabelUse: use}},
			StringData: data,
		}
	}
	return []client.Object{
		secret("mail-gateway", "gateway-login", crier.UseRelay, map[string]string{"username": relayUser, "password": d.relayPassword}),
		secret("mail-gateway", "dkim", crier.UseRelay, map[string]string{
			"rsa.pem": string(d.keys[0].Private), "ed25519.pem": string(d.keys[1].Private),
		}),
		secret("personnel", "directory-login", crier.UseSource, map[string]string{"bindDN": reader, "password": d.directoryPassword}),
		secret("residents", "database-login", crier.UseSource, map[string]string{"username": "crier", "password": d.databasePassword}),
		&corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Namespace: "personnel", Name: "enrollment-guide"},
			BinaryData: map[string][]byte{"guide.pdf": guide},
		},
	}
}

// guide is the file that is attached.
var guide = harness.PDF("Choosing a health plan (2027)", "Three plans, and what they cost.", "Ask hr-questions@example.gov.")
