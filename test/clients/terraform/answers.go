package main

// What docker/terraform-provider-docker (a15631f, 2026-04-20) reads of each answer: names and Go types as its client
// decodes them, so that encoding/json is as strict here as there. A number where it takes text, or text where it takes
// a number, fails the whole answer; null leaves the zero value. Written down from the wire, not taken from its source.

type page[T any] struct {
	Count    int `json:"count"`
	Next     any `json:"next"`
	Previous any `json:"previous"`
	Results  []T `json:"results"`
}

// memberPage differs from page in its links, which the provider takes for text here.
type memberPage struct {
	Count    int          `json:"count"`
	Next     string       `json:"next"`
	Previous string       `json:"previous"`
	Results  []membership `json:"results"`
}

type repository struct {
	Name, Namespace, Description, Affiliation string
	FullDescription                           string   `json:"full_description"`
	RepositoryType                            string   `json:"repository_type"`
	StatusDescription                         string   `json:"status_description"`
	LastUpdated                               string   `json:"last_updated"`
	DateRegistered                            string   `json:"date_registered"`
	HubUser                                   string   `json:"hub_user"`
	Status                                    int      `json:"status"`
	StarCount                                 int64    `json:"star_count"`
	PullCount                                 int64    `json:"pull_count"`
	CollaboratorCount                         int64    `json:"collaborator_count"`
	IsPrivate                                 bool     `json:"is_private"`
	IsAutomated                               bool     `json:"is_automated"`
	HasStarred                                bool     `json:"has_starred"`
	MediaTypes                                []string `json:"media_types"`
	ContentTypes                              []string `json:"content_types"`
	Permissions                               struct{ Read, Write, Admin bool }
	ImmutableTagsSettings                     struct {
		Enabled bool     `json:"enabled"`
		Rules   []string `json:"rules"`
	} `json:"immutable_tags_settings"`
}

type tag struct {
	Name, Digest        string
	ID                  int64
	Repository, Creator int64
	V2                  bool
	FullSize            int64  `json:"full_size"`
	LastUpdater         int64  `json:"last_updater"`
	LastUpdaterUsername string `json:"last_updater_username"`
	LastUpdated         string `json:"last_updated"`
	ImageID             string `json:"image_id"`
	TagStatus           string `json:"tag_status"`
	TagLastPulled       string `json:"tag_last_pulled"`
	TagLastPushed       string `json:"tag_last_pushed"`
	MediaType           string `json:"media_type"`
	ContentType         string `json:"content_type"`
	Images              []struct {
		Architecture, Features, Variant, Digest, OS, Status string
		OSFeatures                                          string `json:"os_features"`
		OSVersion                                           string `json:"os_version"`
		LastPulled                                          string `json:"last_pulled"`
		LastPushed                                          string `json:"last_pushed"`
		Size                                                int64
	}
}

type organization struct {
	ID, Location, Company string
	OrgName               string `json:"orgname"`
	FullName              string `json:"full_name"`
	DateJoined            string `json:"date_joined"`
}

type team struct {
	ID                      int64
	UUID, Name, Description string
	MemberCount             int `json:"member_count"`
}

type membership struct {
	ID, Username, Email, Role, Company, Location, Type string
	FullName                                           string `json:"full_name"`
	ProfileURL                                         string `json:"profile_url"`
	DateJoined                                         string `json:"date_joined"`
	GravatarURL                                        string `json:"gravatar_url"`
	GravatarEmail                                      string `json:"gravatar_email"`
	IsGuest                                            bool   `json:"is_guest"`
	Groups                                             []string
}

type permission struct {
	GroupID    int64  `json:"group_id"`
	GroupName  string `json:"group_name"`
	Permission string `json:"permission"`
}

type invite struct {
	ID, Invitee, Team, Org, Role string
	InviterUsername              string `json:"inviter_username"`
	CreatedAt                    string `json:"created_at"`
}

type accessToken struct {
	UUID, Token string
	ClientID    string   `json:"client_id"`
	CreatorIP   string   `json:"creator_ip"`
	CreatorUA   string   `json:"creator_ua"`
	CreatedAt   string   `json:"created_at"`
	LastUsed    string   `json:"last_used"`
	GeneratedBy string   `json:"generated_by"`
	IsActive    bool     `json:"is_active"`
	TokenLabel  string   `json:"token_label"`
	Scopes      []string `json:"scopes"`
	ExpiresAt   string   `json:"expires_at"`
}

// answers holds an empty answer of each kind, by the name that a step gives it.
var answers = map[string]func() any{
	"repository":   func() any { return &repository{} },
	"repositories": func() any { return &page[repository]{} },
	"tag":          func() any { return &tag{} },
	"tags":         func() any { return &page[tag]{} },
	"organization": func() any { return &organization{} },
	"team":         func() any { return &team{} },
	"members":      func() any { return &memberPage{} },
	"permission":   func() any { return &permission{} },
	"access_token": func() any { return &accessToken{} },
	"access_tokens": func() any {
		return &page[accessToken]{}
	},
	"invitees": func() any {
		return &struct {
			Invitees []struct {
				Invitee, Status string
				Invite          invite
			}
		}{}
	},
	"invites": func() any {
		return &struct{ Data []invite }{}
	},
}
