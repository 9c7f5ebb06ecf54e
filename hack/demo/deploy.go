package main

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"crier.dev/crier/hack/e2e/harness"
	"crier.dev/crier/internal/testing/smtptest"
)

const (
	// namespace of the catcher and of Mailpit.
	namespace = "crier-demo"
	mailpit   = "mailpit"
)

// script makes the catcher refuse some people for good, so that the report has something to say.
var script = smtptest.Script{Rules: []smtptest.Rule{
	{Regexp: `^(quentin|olga)\.(kim|lopez|cohen|silva|zhang)\d*@`, Code: 550, Enhanced: "5.1.1", Text: "Recipient address rejected: user unknown"},
	{Regexp: `^ingrid\.(baker|patel|na)\d*@`, Code: 552, Enhanced: "5.2.2", Text: "Mailbox is over its quota"},
	{Regexp: `^xavier\.abebe\d*@`, Code: 554, Enhanced: "5.7.1", Text: "Message refused by the rules of the department"},
}}

// deploy starts catcher and Mailpit, instead of those of an earlier run.
func (d *demo) deploy(ctx context.Context) error {
	if err := d.kube.Abandon(ctx, d.samples.find("Broadcast").GetNamespace()); err != nil {
		return err
	}
	if err := d.kube.Clear(ctx, namespace, harness.CatcherName, mailpit); err != nil {
		return err
	}
	for _, object := range []client.Object{mailpitService(), mailpitPod(d.MailpitImage)} {
		if err := d.kube.Client.Create(ctx, object); err != nil {
			return err
		}
	}
	username, password, err := d.samples.login()
	if err != nil {
		return err
	}
	d.catcher, d.authority, err = d.kube.DeployCatcher(ctx, harness.CatcherOptions{
		Namespace: namespace, Image: d.CatcherImage, Script: script,
		Users:   map[string]string{username: password},
		Forward: mailpit + "." + namespace + ".svc:1025",
	})
	return err
}

func mailpitService() *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: mailpit},
		Spec: corev1.ServiceSpec{
			Selector: map[string]string{"app": mailpit},
			Ports: []corev1.ServicePort{
				{Name: "smtp", Port: 1025, TargetPort: intstr.FromInt32(1025)},
				{Name: "web", Port: 8025, TargetPort: intstr.FromInt32(8025)},
			},
		},
	}
}

func mailpitPod(image string) *corev1.Pod {
	pod := harness.RestrictedPod(namespace, mailpit, image, []string{"--disable-version-check", "--max", "10000"})
	pod.Spec.Volumes = []corev1.Volume{{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}}
	pod.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "tmp", MountPath: "/tmp"}}
	return pod
}
