// A Kubernetes control plane in one binary, for tests on loopback: each of its parts is a subcommand, so that
// a test can stop and start one (the API server, above all) while the others go on.
//
//	control-plane etcd|kube-apiserver|kube-controller-manager|kube-scheduler [flags of that program]
//
// A part ends when its standard input does: whoever started it holds the other end of that pipe, and a starter
// that is killed leaves nothing behind.
package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	// The formats and metrics that the real programs register in their own main packages.
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	"k8s.io/kubernetes/pkg/controller/job"
)

// jobBackoffVariable holds the delay before a Job's first retry. The Job controller has no flag for it, and its
// stock delay of ten seconds, doubled at each failure, would make up most of a suite of retries.
const jobBackoffVariable = "JOB_POD_BACKOFF"

var commands = map[string]func() *cobra.Command{
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": controllers.NewControllerManagerCommand,
	"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
}

func main() {
	if len(os.Args) < 2 {
		fail("which part? etcd, kube-apiserver, kube-controller-manager or kube-scheduler")
	}
	part := os.Args[1]
	os.Args = append([]string{part}, os.Args[2:]...)
	go exitWithStandardInput()
	if part == "etcd" {
		etcdmain.Main(os.Args)
		return
	}
	newCommand, known := commands[part]
	if !known {
		fail("no part is called " + part)
	}
	if err := shortenJobBackoff(os.Getenv(jobBackoffVariable)); err != nil {
		fail(err.Error())
	}
	os.Exit(cli.Run(newCommand()))
}

// exitWithStandardInput ends the process, at once and without farewell, when whoever started it is gone.
func exitWithStandardInput() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(1)
}

func shortenJobBackoff(text string) error {
	if text == "" {
		return nil
	}
	delay, err := time.ParseDuration(text)
	if err != nil || delay <= 0 {
		return fmt.Errorf("%s=%s is not a duration above zero", jobBackoffVariable, text)
	}
	job.DefaultJobPodFailureBackOff = delay
	job.SyncJobBatchPeriod = min(job.SyncJobBatchPeriod, delay)
	return nil
}

func fail(sentence string) {
	fmt.Fprintln(os.Stderr, "control-plane: "+sentence)
	os.Exit(2)
}
