// An ordinary Go program: reports an error with its cause, and a message, through sentry-go.
package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/getsentry/sentry-go"
)

var errNoWeight = errors.New("no weight")

func weigh(container map[string]int) error {
	if _, known := container["weight"]; !known {
		return errNoWeight
	}
	return nil
}

func unload(containers ...map[string]int) *sentry.EventID {
	for _, container := range containers {
		if err := weigh(container); err != nil {
			return sentry.CaptureException(fmt.Errorf("cannot unload: %w", err))
		}
	}
	return nil
}

func main() {
	err := sentry.Init(sentry.ClientOptions{
		Dsn: os.Args[1], Release: "harbour@3.0.1", Environment: "production", ServerName: "pier-2", Dist: "7", AttachStacktrace: true,
	})
	if err != nil {
		panic(err)
	}
	sentry.ConfigureScope(func(scope *sentry.Scope) {
		scope.SetUser(sentry.User{ID: "12", Email: "elif@example.org", Username: "elif"})
		scope.SetTag("quay", "north")
		scope.SetContext("crane", sentry.Context{"load": 12, "driver": "Otto"})
	})
	sentry.AddBreadcrumb(&sentry.Breadcrumb{
		Category: "crane", Message: "hook lowered", Level: sentry.LevelInfo, Data: map[string]any{"metres": 4}, Timestamp: time.Now(),
	})
	eventID := unload(map[string]int{"weight": 2}, nil)
	var messageID *sentry.EventID
	sentry.WithScope(func(scope *sentry.Scope) {
		scope.SetLevel(sentry.LevelWarning)
		messageID = sentry.CaptureMessage("crane needs grease")
	})
	if !sentry.Flush(10 * time.Second) {
		panic("not flushed")
	}
	fmt.Printf("{\"version\": %q, \"eventId\": %q, \"messageId\": %q}\n", sentry.SDKVersion, *eventID, *messageID)
}
