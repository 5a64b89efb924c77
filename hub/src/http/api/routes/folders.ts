import {
  AccessShift,
  DeleteFolder,
  Folder,
  FolderApplication,
  FolderDeletion,
  FolderEdit,
  FolderId,
  FolderMove,
  NewFolder,
  page,
  PageQuery,
} from "@fyr/protocol";
import { z } from "zod";
import { memberRoute, Nothing } from "../route.ts";
import { OrgParams } from "./params.ts";

const FolderParams = OrgParams.extend({ folderId: FolderId });

export const folders = [
  memberRoute({
    name: "listFolders",
    method: "GET",
    path: "/orgs/:orgId/folders",
    action: "folder.read",
    summary: "The folders that you see; those at the top of what you may see have no parent",
    params: OrgParams,
    query: PageQuery,
    answer: page(Folder),
    run: ({ services }, { member, query }) => services.folders.list(member, query),
  }),
  memberRoute({
    name: "createFolder",
    method: "POST",
    path: "/orgs/:orgId/folders",
    action: "folder.edit",
    summary: "Make a folder, in the default folder when no other is named",
    params: OrgParams,
    body: NewFolder,
    repeatable: true,
    status: 201,
    answer: Folder,
    run: ({ services }, { member, body, idempotencyKey }) =>
      services.folders.create(member, body, idempotencyKey),
  }),
  memberRoute({
    name: "getFolder",
    method: "GET",
    path: "/orgs/:orgId/folders/:folderId",
    action: "folder.read",
    summary: "One folder",
    params: FolderParams,
    answer: Folder,
    run: ({ services }, { member, params }) => services.folders.find(member, params.folderId),
  }),
  memberRoute({
    name: "renameFolder",
    method: "PATCH",
    path: "/orgs/:orgId/folders/:folderId",
    action: "folder.edit",
    summary: "Rename a folder",
    params: FolderParams,
    body: FolderEdit,
    versioned: true,
    answer: Folder,
    run: ({ services }, { member, params, body, ifMatch }) =>
      services.folders.rename(member, params.folderId, body.name, ifMatch),
  }),
  memberRoute({
    name: "previewFolderMove",
    method: "GET",
    path: "/orgs/:orgId/folders/:folderId/move",
    action: "folder.edit",
    summary: "Who would gain and who would lose access if the folder were moved",
    params: FolderParams,
    query: FolderMove,
    answer: AccessShift,
    run: ({ services }, { member, params, query }) =>
      services.folders.previewMove(member, params.folderId, query.parentId),
  }),
  memberRoute({
    name: "moveFolder",
    method: "POST",
    path: "/orgs/:orgId/folders/:folderId/move",
    action: "folder.edit",
    summary: "Move a folder with everything in it into another folder",
    params: FolderParams,
    body: FolderMove,
    versioned: true,
    answer: Folder,
    run: ({ services }, { member, params, body, ifMatch }) =>
      services.folders.move(member, params.folderId, body.parentId, ifMatch),
  }),
  memberRoute({
    name: "previewFolderDeletion",
    method: "GET",
    path: "/orgs/:orgId/folders/:folderId/deletion",
    action: "folder.delete",
    summary: "What deleting the folder would mean: what is in it, what hangs on it, what to do before",
    params: FolderParams,
    answer: FolderDeletion,
    run: ({ services }, { member, params, language }) =>
      services.folders.previewDeletion(member, params.folderId, language),
  }),
  memberRoute({
    name: "deleteFolder",
    method: "POST",
    path: "/orgs/:orgId/folders/:folderId/delete",
    action: "folder.delete",
    summary: "Delete an empty folder",
    params: FolderParams,
    body: DeleteFolder,
    versioned: true,
    status: 204,
    answer: Nothing,
    run: ({ services }, { member, params, ifMatch }) =>
      services.folders.remove(member, params.folderId, ifMatch),
  }),
  memberRoute({
    name: "getFolderApplications",
    method: "GET",
    path: "/orgs/:orgId/folders/:folderId/applications",
    action: "folder.read",
    summary: "The local applications that synchronise with the folder",
    params: FolderParams,
    answer: z.strictObject({ items: z.array(FolderApplication) }).meta({ id: "FolderApplications" }),
    run: async ({ services }, { member, params }) => ({
      items: await services.folders.applications(member, params.folderId),
    }),
  }),
];
