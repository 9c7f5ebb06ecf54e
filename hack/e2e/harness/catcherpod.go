package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"crier.dev/crier/internal/testing/smtptest"
)

// CatcherName is the name of the catcher's pod, Service and Secret.
const CatcherName = "catcher"

// CatcherOptions say how a catcher is deployed. Without users it takes mail in the clear.
type CatcherOptions struct {
	Namespace string
	Image     string
	// Users are name and password; any makes it require TLS and login.
	Users map[string]string
	// Script is the first one.
	Script smtptest.Script
	// Forward is host:port of a server that gets a copy of each message.
	Forward string
	// Keep is how many messages are kept whole, the last ones; 0 for all. All are counted.
	Keep int
}

// DeployCatcher starts a catcher, waits until it answers, and returns it with the certificate
// that a Relay has to trust.
func (k *Kube) DeployCatcher(ctx context.Context, o CatcherOptions) (*Catcher, []byte, error) {
	catcher := &Catcher{Set: k.Set, Namespace: o.Namespace}
	certificate, err := SelfSigned(catcher.Host())
	if err != nil {
		return nil, nil, err
	}
	catcher.Certificate = certificate
	files, err := catcherFiles(o, certificate)
	if err != nil {
		return nil, nil, err
	}
	for _, object := range []client.Object{files, catcherService(o), catcherPod(o)} {
		if err := k.Client.Create(ctx, object); err != nil {
			return nil, nil, fmt.Errorf("deploy the catcher: %w", err)
		}
	}
	err = Wait(ctx, "the catcher to answer", 2*time.Minute, func(ctx context.Context) (bool, string, error) {
		_, err := catcher.Stats(ctx)
		return err == nil, "", err
	})
	return catcher, certificate.Certificate, err
}

func catcherFiles(o CatcherOptions, certificate Certificate) (*corev1.Secret, error) {
	script, err := json.Marshal(o.Script)
	if err != nil {
		return nil, err
	}
	users := ""
	for name, password := range o.Users {
		users += name + ":" + password + "\n"
	}
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: o.Namespace, Name: CatcherName},
		Data: map[string][]byte{
			"tls.crt": certificate.Certificate, "tls.key": certificate.Key,
			"script.json": script, "users": []byte(users),
		},
	}, nil
}

func catcherService(o CatcherOptions) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: o.Namespace, Name: CatcherName},
		Spec: corev1.ServiceSpec{
			Selector: map[string]string{"app": CatcherName},
			// Its node may hang in a test: that mustn't take the relay away too.
			PublishNotReadyAddresses: true,
			Ports: []corev1.ServicePort{
				{Name: "smtp", Port: 587, TargetPort: intstr.FromInt32(2525)},
				{Name: "control", Port: 8080, TargetPort: intstr.FromInt32(8080)},
			},
		},
	}
}

func catcherPod(o CatcherOptions) *corev1.Pod {
	args := []string{
		"--smtp", ":2525", "--http", ":8080", "--keep", strconv.Itoa(o.Keep), "--script", "/files/script.json",
		"--tls-cert", "/files/tls.crt", "--tls-key", "/files/tls.key",
	}
	if len(o.Users) > 0 {
		args = append(args, "--users", "/files/users", "--tls-require")
	}
	if o.Forward != "" {
		args = append(args, "--forward", o.Forward)
	}
	pod := RestrictedPod(o.Namespace, CatcherName, o.Image, args)
	pod.Spec.Volumes = []corev1.Volume{{Name: "files", VolumeSource: corev1.VolumeSource{
		Secret: &corev1.SecretVolumeSource{SecretName: CatcherName},
	}}}
	pod.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "files", MountPath: "/files", ReadOnly: true}}
	return pod
}

// RestrictedPod is a pod of one container that the restricted Pod Security standard allows. Its
// name is also its label app.
func RestrictedPod(namespace, name, image string, args []string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"app": name}},
		Spec: corev1.PodSpec{
			AutomountServiceAccountToken:  new(false),
			EnableServiceLinks:            new(false),
			TerminationGracePeriodSeconds: new(int64(1)),
			SecurityContext: &corev1.PodSecurityContext{
				RunAsNonRoot: new(true), RunAsUser: new(int64(65532)), FSGroup: new(int64(65532)),
				SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			},
			Containers: []corev1.Container{{
				Name: name, Image: image, Args: slices.Clone(args), ImagePullPolicy: corev1.PullIfNotPresent,
				SecurityContext: &corev1.SecurityContext{
					AllowPrivilegeEscalation: new(false),
					Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
				},
			}},
		},
	}
}
