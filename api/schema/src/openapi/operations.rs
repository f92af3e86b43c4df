//! The paths of a document: what can be done with each resource, from its verbs.

use super::json::Json;
use super::schemas::{PATCH, group_version_kind, kind_definition};
use super::{ServedResource, ServedVersion, Version, capital};

const DELETE_OPTIONS: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";
const STATUS: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.Status";
const RESOURCE_LIST: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.APIResourceList";

/// What bodies may be sent and what they are answered in.
const PRODUCED: &[&str] = &["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];
const WATCHED: &[&str] = &["application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch"];
const PATCHES: &[&str] = &[
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
];
/// Custom kinds have no merge keys; kubectl sends them what is listed here.
const CUSTOM_PATCHES: &[&str] =
    &["application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml"];

const ANYTHING: &[&str] = &["*/*"];

/// A parameter of the query: name, type, what it does.
type Parameter = (&'static str, &'static str, &'static str);

const PRETTY: Parameter = ("pretty", "string", "Whether the answer is indented for people to read.");
const DRY_RUN: Parameter = ("dryRun", "string", "`All` goes through every stage but stores nothing.");
const FIELD_MANAGER: Parameter = ("fieldManager", "string", "The name of who makes the change, kept in managedFields.");
const FIELD_VALIDATION: Parameter =
    ("fieldValidation", "string", "What to do about unknown and duplicate fields: `Ignore`, `Warn` or `Strict`.");
const FORCE: Parameter = ("force", "boolean", "Whether an apply takes fields from other managers.");
const CHANGE: &[Parameter] = &[DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION];
const PATCHING: &[Parameter] = &[DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION, FORCE];
const DELETE: &[Parameter] = &[
    DRY_RUN,
    ("gracePeriodSeconds", "integer", "Seconds until the object is deleted; 0 deletes it at once."),
    ("orphanDependents", "boolean", "Deprecated: whether dependents are left without an owner."),
    ("propagationPolicy", "string", "What happens to dependents: `Orphan`, `Background` or `Foreground`."),
];
const LIST: &[Parameter] = &[
    ("allowWatchBookmarks", "boolean", "Whether a watch may be sent bookmarks."),
    ("continue", "string", "The token of the next page."),
    ("fieldSelector", "string", "Which objects, by their fields."),
    ("labelSelector", "string", "Which objects, by their labels."),
    ("limit", "integer", "How many objects a page has at most."),
    ("resourceVersion", "string", "How old the answer may be."),
    ("resourceVersionMatch", "string", "How resourceVersion is meant."),
    ("sendInitialEvents", "boolean", "Whether a watch begins with the objects that are there."),
    ("timeoutSeconds", "integer", "Seconds until the call ends."),
    ("watch", "boolean", "Whether to be told of changes instead of being given a list."),
];

/// One thing that can be done at a path.
struct Operation<'a> {
    verb: &'a str,
    /// `read`, `list`, `create`, …: how the operation's id begins.
    id: &'a str,
    action: &'a str,
    method: &'a str,
    parameters: &'a [&'a [Parameter]],
    /// The definition of the body, and whether there must be one.
    body: Option<(String, bool)>,
    answer: String,
    statuses: &'a [(&'a str, &'a str)],
    accepted: &'a [&'a str],
}

const OK: &[(&str, &str)] = &[("200", "OK")];
const CREATED: &[(&str, &str)] = &[("200", "OK"), ("201", "Created"), ("202", "Accepted")];
const CHANGED: &[(&str, &str)] = &[("200", "OK"), ("201", "Created")];
const DELETED: &[(&str, &str)] = &[("200", "OK"), ("202", "Accepted")];

struct Paths<'a> {
    version: Version,
    served: &'a ServedVersion<'a>,
}

/// Writes the paths of a group version.
pub(super) fn paths(json: &mut Json, version: Version, served: &ServedVersion<'_>) {
    let paths = Paths { version, served };
    let root = served.root();
    json.key(&format!("{root}/")).object(|json| {
        json.key("get").object(|json| {
            json.key("description").string("The resources that are served.");
            json.key("operationId").string(&format!("get{}APIResources", paths.id_part()));
            paths.tags(json);
            paths.answers(json, OK, RESOURCE_LIST, PRODUCED);
        });
    });
    for resource in served.resources {
        paths.resource(json, &root, resource);
    }
}

impl Paths<'_> {
    fn id_part(&self) -> String {
        format!("{}{}", capital(&self.served.tag()), capital(self.served.version))
    }

    fn resource(&self, json: &mut Json, root: &str, resource: &ServedResource<'_>) {
        let plural = resource.plural;
        let collection = if resource.namespaced {
            format!("{root}/namespaces/{{namespace}}/{plural}")
        } else {
            format!("{root}/{plural}")
        };
        let kind = kind_definition(self.served.group, self.served.version, resource.kind);
        let list = kind_definition(self.served.group, self.served.version, &format!("{}List", resource.kind));
        let scope = if resource.namespaced { "Namespaced" } else { "" };
        let gvk = (self.served.group, self.served.version, resource.kind);
        let name = format!("{scope}{}", resource.kind);
        let place: &[&str] = if resource.namespaced { &["namespace"] } else { &[] };
        let object_place: &[&str] = if resource.namespaced { &["name", "namespace"] } else { &["name"] };
        let with = |verb: &str| resource.verbs.contains(&verb);
        let listing = |id: &'static str| Operation {
            verb: "list",
            id,
            action: "list",
            method: "get",
            parameters: &[LIST],
            body: None,
            answer: list.clone(),
            statuses: OK,
            accepted: ANYTHING,
        };
        let at_collection = [
            listing("list"),
            Operation {
                verb: "create",
                id: "create",
                action: "post",
                method: "post",
                parameters: &[CHANGE],
                body: Some((kind.clone(), true)),
                answer: kind.clone(),
                statuses: CREATED,
                accepted: ANYTHING,
            },
            Operation {
                verb: "deletecollection",
                id: "deleteCollection",
                action: "deletecollection",
                method: "delete",
                parameters: &[LIST_TO_DELETE, DELETE],
                body: Some((DELETE_OPTIONS.to_owned(), false)),
                answer: STATUS.to_owned(),
                statuses: OK,
                accepted: ANYTHING,
            },
        ];
        self.path(json, &collection, place, &at_collection, with, gvk, &name, "");
        let mut at_object = self.object_operations(&kind, resource.schema.is_some());
        at_object.push(Operation {
            verb: "delete",
            id: "delete",
            action: "delete",
            method: "delete",
            parameters: &[DELETE],
            body: Some((DELETE_OPTIONS.to_owned(), false)),
            answer: STATUS.to_owned(),
            statuses: DELETED,
            accepted: ANYTHING,
        });
        self.path(json, &format!("{collection}/{{name}}"), object_place, &at_object, with, gvk, &name, "");
        if resource.namespaced {
            let name = format!("{}ForAllNamespaces", resource.kind);
            self.path(json, &format!("{root}/{plural}"), &[], &[listing("list")], with, gvk, &name, "");
        }
        for subresource in resource.subresources {
            let kind = kind_definition(subresource.group, subresource.version, subresource.kind);
            let mut operations = self.object_operations(&kind, resource.schema.is_some());
            operations.push(Operation {
                verb: "create",
                id: "create",
                action: "post",
                method: "post",
                parameters: &[CHANGE],
                body: Some((kind.clone(), true)),
                answer: kind,
                statuses: CREATED,
                accepted: ANYTHING,
            });
            let gvk = (subresource.group, subresource.version, subresource.kind);
            let path = format!("{collection}/{{name}}/{}", subresource.name);
            let with = |verb: &str| subresource.verbs.contains(&verb);
            self.path(json, &path, object_place, &operations, with, gvk, &name, &capital(subresource.name));
        }
    }

    /// What can be done with an object or a subresource of it.
    fn object_operations<'a>(&self, kind: &str, is_custom: bool) -> Vec<Operation<'a>> {
        vec![
            Operation {
                verb: "get",
                id: "read",
                action: "get",
                method: "get",
                parameters: &[],
                body: None,
                answer: kind.to_owned(),
                statuses: OK,
                accepted: ANYTHING,
            },
            Operation {
                verb: "update",
                id: "replace",
                action: "put",
                method: "put",
                parameters: &[CHANGE],
                body: Some((kind.to_owned(), true)),
                answer: kind.to_owned(),
                statuses: CHANGED,
                accepted: ANYTHING,
            },
            Operation {
                verb: "patch",
                id: "patch",
                action: "patch",
                method: "patch",
                parameters: &[PATCHING],
                body: Some((PATCH.to_owned(), true)),
                answer: kind.to_owned(),
                statuses: CHANGED,
                accepted: if is_custom { CUSTOM_PATCHES } else { PATCHES },
            },
        ]
    }

    #[expect(clippy::too_many_arguments, reason = "a path has that many aspects")]
    fn path(
        &self,
        json: &mut Json,
        path: &str,
        place: &[&str],
        operations: &[Operation<'_>],
        with: impl Fn(&str) -> bool,
        gvk: (&str, &str, &str),
        name: &str,
        suffix: &str,
    ) {
        if !operations.iter().any(|operation| with(operation.verb)) {
            return;
        }
        json.key(path).object(|json| {
            for operation in operations.iter().filter(|operation| with(operation.verb)) {
                json.key(operation.method).object(|json| self.operation(json, operation, gvk, name, suffix));
            }
            json.key("parameters").array(|json| {
                for name in place {
                    let what = if *name == "name" { "The object's name." } else { "The object's namespace." };
                    self.parameter(json, "path", (name, "string", what));
                }
                self.parameter(json, "query", PRETTY);
            });
        });
    }

    fn operation(&self, json: &mut Json, operation: &Operation<'_>, gvk: (&str, &str, &str), name: &str, suffix: &str) {
        json.key("operationId").string(&format!("{}{}{name}{suffix}", operation.id, self.id_part()));
        self.tags(json);
        json.key("x-kubernetes-action").string(operation.action);
        group_version_kind(json.key("x-kubernetes-group-version-kind"), gvk.0, gvk.1, gvk.2);
        json.key("parameters").array(|json| {
            for parameter in operation.parameters.iter().copied().flatten() {
                self.parameter(json, "query", *parameter);
            }
            if let (Version::V2, Some((definition, required))) = (self.version, &operation.body) {
                json.object(|json| {
                    json.key("name").string("body");
                    json.key("in").string("body");
                    if *required {
                        json.key("required").raw("true");
                    }
                    json.key("schema").object(|json| json.key("$ref").string(&self.version.reference(definition)));
                });
            }
        });
        if let Some((definition, required)) = &operation.body {
            let accepted = operation.accepted;
            match self.version {
                Version::V2 => json.key("consumes").array(|json| accepted.iter().for_each(|name| json.string(name))),
                Version::V3 => json.key("requestBody").object(|json| {
                    json.key("content").object(|json| self.content(json, accepted, definition));
                    if *required {
                        json.key("required").raw("true");
                    }
                }),
            }
        }
        let produced: Vec<&str> = match operation.action {
            "list" => PRODUCED.iter().chain(WATCHED).copied().collect(),
            _ => PRODUCED.to_vec(),
        };
        self.answers(json, operation.statuses, &operation.answer, &produced);
    }

    fn tags(&self, json: &mut Json) {
        json.key("tags").array(|json| json.string(&format!("{}_{}", self.served.tag(), self.served.version)));
    }

    fn parameter(&self, json: &mut Json, place: &str, (name, ty, description): (&str, &str, &str)) {
        json.object(|json| {
            json.key("name").string(name);
            json.key("in").string(place);
            json.key("description").string(description);
            if place == "path" {
                json.key("required").raw("true");
            }
            match self.version {
                Version::V2 => {
                    json.key("type").string(ty);
                    json.key("uniqueItems").raw("true");
                }
                Version::V3 => json.key("schema").object(|json| {
                    json.key("type").string(ty);
                    json.key("uniqueItems").raw("true");
                }),
            }
        });
    }

    fn answers(&self, json: &mut Json, statuses: &[(&str, &str)], definition: &str, produced: &[&str]) {
        if self.version == Version::V2 {
            json.key("produces").array(|json| produced.iter().for_each(|name| json.string(name)));
            json.key("schemes").raw(r#"["https"]"#);
        }
        json.key("responses").object(|json| {
            for (status, meaning) in statuses {
                json.key(status).object(|json| {
                    json.key("description").string(meaning);
                    match self.version {
                        Version::V2 => {
                            json.key("schema")
                                .object(|json| json.key("$ref").string(&self.version.reference(definition)));
                        }
                        Version::V3 => json.key("content").object(|json| self.content(json, produced, definition)),
                    }
                });
            }
            json.key("401").object(|json| json.key("description").string("Unauthorized"));
        });
    }

    fn content(&self, json: &mut Json, types: &[&str], definition: &str) {
        for name in types {
            json.key(name).object(|json| {
                json.key("schema").object(|json| json.key("$ref").string(&self.version.reference(definition)));
            });
        }
    }
}

/// Which objects of a collection are deleted.
const LIST_TO_DELETE: &[Parameter] = &[
    ("continue", "string", "The token of the next page."),
    ("fieldSelector", "string", "Which objects, by their fields."),
    ("labelSelector", "string", "Which objects, by their labels."),
    ("limit", "integer", "How many objects a page has at most."),
    ("resourceVersion", "string", "How old the answer may be."),
    ("resourceVersionMatch", "string", "How resourceVersion is meant."),
    ("timeoutSeconds", "integer", "Seconds until the call ends."),
];
